"""Draws the report of one run folder: figures, summary.json and report.html.

loading   what the run folder holds
style     colours, scales and axes that the figures share
images    figures of images: overview, samples, profiles, test examples, shot gather
curves    figures of numbers: training, calibration, rank statistics, accuracy
inverse   figures of inverse problems without a likelihood: modes, arms, marginals, correlations
summary   the numbers of the run as one dictionary, and as a short text table
page      report.html
"""
