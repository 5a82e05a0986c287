"""Files that strangers bring: what they are, whether they may stay, how they are shown. Nothing here keeps them."""
