"""What every service needs and no service owns. Nothing here imports a service."""
