"""The release gate's measures, one module each, and the thresholds they are held against."""
