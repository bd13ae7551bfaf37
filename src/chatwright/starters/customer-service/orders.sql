-- The shop's orders. `chatwright init` makes orders.sqlite from this file; to start over, delete that
-- file and run:  sqlite3 orders.sqlite < orders.sql
CREATE TABLE orders (
  number TEXT PRIMARY KEY,
  item_zh TEXT NOT NULL,
  item_en TEXT NOT NULL,
  price REAL NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('processing', 'shipped', 'delivered', 'cancelled')),
  carrier_zh TEXT NOT NULL DEFAULT '',
  carrier_en TEXT NOT NULL DEFAULT '',
  arrives TEXT NOT NULL
);
CREATE TABLE returns (
  order_number TEXT PRIMARY KEY REFERENCES orders (number),
  reason TEXT NOT NULL,
  address TEXT NOT NULL,
  key TEXT NOT NULL  -- of the step that kept it: the same step twice is one return
);
CREATE TABLE tickets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT UNIQUE NOT NULL,
  conversation TEXT NOT NULL
);
INSERT INTO orders VALUES
  ('20231101', '电热水壶', 'electric kettle', 129, 'delivered', '顺丰', 'SF Express', '2023-11-04'),
  ('20231105', '蓝色双肩包', 'blue backpack', 199, 'delivered', '中通', 'ZTO', '2023-11-09'),
  ('20231107', '跑鞋 42 码', 'running shoes, size 42', 399, 'shipped', '顺丰', 'SF Express', '2023-11-10'),
  ('20231112', '无线耳机', 'wireless headset', 259, 'shipped', '圆通', 'YTO', '2023-11-15'),
  ('20231116', '台灯', 'desk lamp', 89, 'processing', '', '', '2023-11-20'),
  ('20231118', '电饭煲', 'rice cooker', 349, 'processing', '', '', '2023-11-22'),
  ('20231203', '羊毛围巾', 'wool scarf', 149, 'delivered', '京东', 'JD Logistics', '2023-12-06'),
  ('20240103', '机械键盘', 'mechanical keyboard', 459, 'shipped', '顺丰', 'SF Express', '2024-01-06'),
  ('20240118', '保温杯', 'thermos flask', 79, 'cancelled', '', '', '2024-01-21');
