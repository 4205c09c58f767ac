"""Those who read topics over HTTP: let in, listed, put out."""
