"""Reads text and pages out of files, apart from the site's own processes; sets pages after GB/T 9704."""
