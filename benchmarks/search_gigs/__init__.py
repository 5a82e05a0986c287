"""Made-up gigs and searches, the database that they stand in, and what is measured on it."""
