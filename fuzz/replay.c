/* The main of a fuzz target where libFuzzer is not: runs the target once on every file of the
 * corpus folders given as arguments and prints TAP. So inputs that once found a fault are checked
 * by every test run, under every compiler. A fault ends the process, as under libFuzzer; the name
 * printed last is then the input's. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATH_BYTES_MAX = 4096 };

static unsigned count, failed;

/* The exact size matters: the sanitizer then sees a read past the end of the input. */
static uint8_t *read_all(const char *path, size_t *ret_size) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    uint8_t *bytes = NULL;
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (size >= 0 && fseek(file, 0, SEEK_SET) == 0)
        bytes = malloc(size > 0 ? (size_t)size : 1);
    if (bytes && fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    *ret_size = bytes ? (size_t)size : 0;
    return bytes;
}

static void replay(const char *folder, const char *name) {
    char path[PATH_BYTES_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    printf("# %s\n", path);
    fflush(stdout);
    size_t size;
    uint8_t *bytes = read_all(path, &size);
    if (bytes)
        (void)LLVMFuzzerTestOneInput(bytes, size);
    else
        failed++;
    free(bytes);
    printf("%s %u - %s\n", bytes ? "ok" : "not ok", ++count, name);
}

static int visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        struct dirent **entries = NULL;
        int n = scandir(argv[i], &entries, visible, alphasort);
        if (n <= 0) {
            printf("not ok %u - no corpus in %s\n", ++count, argv[i]);
            failed++;
        }
        for (int k = 0; k < n; k++) {
            replay(argv[i], entries[k]->d_name);
            free(entries[k]);
        }
        free(entries);
    }
    printf("1..%u\n", count);
    return failed ? 1 : 0;
}
