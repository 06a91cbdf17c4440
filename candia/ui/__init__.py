"""What pages are built of: components, forms with refusals beside fields, map layers, charts."""
