-- The shop's products and orders. `chatwright init` makes orders.sqlite from this file; to start over, delete
-- that file and run:  sqlite3 orders.sqlite < orders.sql
CREATE TABLE products (
  id TEXT PRIMARY KEY,  -- the value of the entity `product`, see the synonyms in data/nlu
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  price REAL NOT NULL,
  stock INTEGER NOT NULL
);
CREATE TABLE orders (
  number TEXT PRIMARY KEY,
  product TEXT NOT NULL REFERENCES products (id),
  quantity INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('processing', 'shipped', 'delivered', 'cancelled')),
  carrier_zh TEXT NOT NULL DEFAULT '',
  carrier_en TEXT NOT NULL DEFAULT '',
  ordered TEXT NOT NULL,
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
INSERT INTO products VALUES
  ('kettle', '电热水壶', 'electric kettle', 129, 12),
  ('backpack', '蓝色双肩包', 'blue backpack', 199, 5),
  ('shoes', '跑鞋', 'pair of running shoes', 399, 24),
  ('headset', '无线耳机', 'wireless headset', 259, 0),
  ('lamp', '台灯', 'desk lamp', 89, 40),
  ('cooker', '电饭煲', 'rice cooker', 349, 3),
  ('scarf', '羊毛围巾', 'wool scarf', 149, 18),
  ('keyboard', '机械键盘', 'mechanical keyboard', 459, 0),
  ('flask', '保温杯', 'thermos flask', 79, 60);
INSERT INTO orders VALUES
  ('20231101', 'kettle', 1, 'delivered', '顺丰', 'SF Express', '2023-11-01', '2023-11-04'),
  ('20231105', 'backpack', 1, 'delivered', '中通', 'ZTO', '2023-11-05', '2023-11-09'),
  ('20231107', 'shoes', 1, 'shipped', '顺丰', 'SF Express', '2023-11-07', '2023-11-10'),
  ('20231112', 'headset', 2, 'shipped', '圆通', 'YTO', '2023-11-12', '2023-11-15'),
  ('20231116', 'lamp', 1, 'processing', '', '', '2023-11-16', '2023-11-20'),
  ('20231118', 'cooker', 1, 'processing', '', '', '2023-11-18', '2023-11-22'),
  ('20231203', 'scarf', 3, 'delivered', '京东', 'JD Logistics', '2023-12-03', '2023-12-06'),
  ('20240103', 'keyboard', 1, 'shipped', '顺丰', 'SF Express', '2024-01-03', '2024-01-06'),
  ('20240118', 'flask', 1, 'cancelled', '', '', '2024-01-18', '2024-01-21');
