"""The pipeline: which colour has an image on average?"""
