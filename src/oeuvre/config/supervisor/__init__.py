"""One command, several processes: started in order, watched, restarted, stopped in the opposite order."""
