"""Event brokers: every event of every conversation, sent to RabbitMQ, Kafka, a database or a file."""
