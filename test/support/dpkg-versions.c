/*
 * What `dpkg --compare-versions` finds, for many pairs in one process: libdpkg's own parser and order.
 * Reads pairs of lines, writes `<`, `=`, `>` or `invalid` for each pair.
 */
#define LIBDPKG_VOLATILE_API 1
#include <dpkg/dpkg.h>
#include <dpkg/dpkg-db.h>
#include <dpkg/error.h>
#include <dpkg/parsedump.h>
#include <dpkg/version.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_absent(const char *text)
{
  return *text == '\0' || strcmp(text, "<unknown>") == 0;
}

/* A warning does not make a version invalid. */
static bool parse(struct dpkg_version *version, const char *text)
{
  struct dpkg_error error = DPKG_ERROR_INIT;
  bool valid;

  dpkg_version_blank(version);
  if (is_absent(text))
    return true;
  valid = parseversion(version, text, &error) == 0 || error.type == DPKG_MSG_WARN;
  dpkg_error_destroy(&error);
  return valid;
}

static bool read_line(char *line, size_t size)
{
  if (fgets(line, (int)size, stdin) == NULL)
    return false;
  line[strcspn(line, "\n")] = '\0';
  return true;
}

int main(void)
{
  static char one[65536], other[65536];
  struct dpkg_version a, b;

  while (read_line(one, sizeof one) && read_line(other, sizeof other)) {
    if (!parse(&a, one) || !parse(&b, other)) {
      puts("invalid");
      continue;
    }
    /* The program itself, not the library, puts an absent version before all others. */
    int order = is_absent(one) || is_absent(other) ? is_absent(other) - is_absent(one) : dpkg_version_compare(&a, &b);
    puts(order < 0 ? "<" : order > 0 ? ">" : "=");
  }
  return 0;
}
