"""Pictures by a diffusion model that the operator supplies, with a LoRA for each freelancer (DreamBooth-style: Ruiz et al. 2023;
LoRA: Hu et al. 2022). Without such a base, pictures are made of a freelancer's own patches.
"""
