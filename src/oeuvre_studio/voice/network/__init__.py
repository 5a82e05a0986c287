"""Kokoro-82M as PyTorch modules with gradients, for fitting; what serves is the ONNX file (`oeuvre_studio.voice.kokoro`).

Written after the papers and the names in the ONNX graph: StyleTTS 2 (Li et al. 2023, arXiv:2306.07691) for the text and
prosody encoders, iSTFTNet (Kaneko et al. 2022, arXiv:2203.02395) for the decoder's last part, Snake activations (Ziyin et
al. 2020, arXiv:2006.08195), adaptive instance normalisation (Huang and Belongie 2017, arXiv:1703.06868), ALBERT (Lan et al.
2019, arXiv:1909.11942). Module names are those of the graph's parameters, so that weights go where their names say.
"""
