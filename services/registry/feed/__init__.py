"""The events of the journal for those who have no Kafka, in an order that misses nothing."""
