"""What a relay keeps, behind one small protocol; its adapters know databases, everything above knows none."""
