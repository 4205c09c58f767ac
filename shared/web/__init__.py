"""What the three services serve alike: health, errors, identity, pages. A service adds its routers and templates."""
