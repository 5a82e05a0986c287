"""The main job, done once through the site's own pages as people do it: what `oeuvre demo` walks.

`telling` prints, `browsing` speaks HTTP and fills in forms, `installing` starts an installation of the walk's own; the
other modules are the people and what they do, in the order in which they do it.
"""
