"""Training and scoring of Llama-family bases on processors, without autograd."""
