"""The patch model: pictures out of one freelancer's own works, with every pixel's origin known."""
