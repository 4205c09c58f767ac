"""What can be done with an activity."""
