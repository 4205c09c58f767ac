"""What can be done with an output."""
