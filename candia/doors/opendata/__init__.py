"""Open data: each dataset as files that anyone may take, with a page that explains them and a catalogue."""
