"""Deliveries: one mail to one person for one reason, from being planned to being sent or given up."""
