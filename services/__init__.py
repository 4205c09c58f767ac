"""Three independent services that meet on Kafka and nowhere else."""
