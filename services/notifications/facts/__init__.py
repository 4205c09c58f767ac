"""What this service must know of activities, registrations, programmes and persons' addresses to write a mail."""
