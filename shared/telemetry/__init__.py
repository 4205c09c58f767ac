"""What operations see: metrics, logs and traces, each declared in one place."""
