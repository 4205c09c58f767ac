"""The real records that an installation begins with; see README.md beside this file."""
