"""Reading a message and deciding what to do with it: plain values in, plain values out, without a database."""
