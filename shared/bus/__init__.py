"""The bus: what a service writes with its data reaches Kafka, and what Kafka holds reaches a service, once in effect.

`outbox` → `relay` → Kafka → `consumer` → a service's handler; what can never be handled goes to `dead_letters`.
"""
