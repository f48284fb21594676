"""The local web server: a map's data, and the page that shows it."""
