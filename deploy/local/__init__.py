"""Real PostgreSQL, real Kafka and the three services on one machine, without Docker, root or a system Java."""
