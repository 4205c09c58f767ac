"""What can be done with a person's registration for an activity."""
