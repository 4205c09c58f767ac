"""What notifications answers over HTTP: the JSON API and the pages."""
