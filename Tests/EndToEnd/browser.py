"""A browser's part in a sign-in: open the page, fill in the form, follow the redirect. Usage: URL CODE PERSON"""
import html
import re
import sys
import urllib.parse
import urllib.request

url, code, person = sys.argv[1:4]
page = urllib.request.urlopen(url, timeout=10).read().decode()
fields = {name: html.unescape(value)
          for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)}
fields.update(code=code, person=person)
form = urllib.parse.urlencode(fields).encode()
urllib.request.urlopen(url.split("?")[0], form, timeout=10).read()
