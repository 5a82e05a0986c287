"""The guide: from a need in plain words to categories, use cases and a draft of a brief.

Works on plain data and touches neither database nor network, so that it can be measured and tested by itself.
``guide.ask`` is the way in; ``../guiding.py`` feeds it from the database.
"""
