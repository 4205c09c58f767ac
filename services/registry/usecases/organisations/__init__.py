"""What can be done with an organisation."""
