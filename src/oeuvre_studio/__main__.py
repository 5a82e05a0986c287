"""``python -m oeuvre_studio`` is ``studio``."""

from oeuvre_studio.cli import app

if __name__ == "__main__":
    app(prog_name="studio")
