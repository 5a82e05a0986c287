"""Ad and social formats composed from a freelancer's own illustrations and a buyer's copy. `mode.generate` is the
way in.
"""
