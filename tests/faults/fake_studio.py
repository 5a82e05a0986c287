"""Stands in for the studio where only its being there matters: health, and nothing else.

Takes the studio's own options, so that it can be named in OEUVRE_STUDIO_COMMAND.
"""

from __future__ import annotations

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path in {"/healthz", "/readyz"}
        body = json.dumps({"status": "ok" if found else "unknown"}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Health questions come many times a second; nobody wants to read them."""


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--versions")
    options.add_argument("--grant-key")
    chosen = options.parse_args()
    ThreadingHTTPServer((chosen.host, chosen.port), Health).serve_forever()


if __name__ == "__main__":
    main()
