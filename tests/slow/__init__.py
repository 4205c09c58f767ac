"""What takes too long for every day: `make test-slow`."""
