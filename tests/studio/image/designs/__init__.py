"""The designs composed of a freelancer's works."""
