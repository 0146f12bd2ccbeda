"""Simulated comparisons with a known truth: do the intervals hold, and what does the gate say?"""
