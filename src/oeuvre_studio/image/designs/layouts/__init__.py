"""The grammars that designs are laid out by. Each layout is a function from a `Kit` to a `Plan`, or to ``None``
where it does not suit the format or the works.
"""
