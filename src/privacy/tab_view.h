/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRIVACY_TAB_VIEW_H
#define PRIVACY_TAB_VIEW_H

#include "privacy/tab.h"
#include "privacy/tab_compact.h"

/*
 * The distinct tuples of a table at some levels, with how many rows each stands for. Every node of the lattice at or
 * above those levels can be looked at through it, and the fewer tuples the faster.
 *
 * Small columns are packed together: one code for several, so that three or four look-ups place a tuple instead of one
 * for each column.
 *
 *     pack 0: [race × sex × age]        codes[tuple] = ((race * 2) + sex) * 74 + age
 *     pack 1: [education × occupation]  …
 */
typedef struct tab_pack {
    uint32_t column_count, size; /* size: how many codes there can be */
    uint8_t column[PRIVACY_TAB_COLUMNS_MAX];
    uint16_t *narrow; /* of each tuple; where size > 65536 `wide` instead */
    uint32_t *wide;
} tab_pack;

typedef struct tab_view {
    uint32_t count;                        /* distinct tuples */
    uint8_t base[PRIVACY_TAB_COLUMNS_MAX]; /* the levels that the codes stand for */
    uint32_t pack_count;
    tab_pack packs[PRIVACY_TAB_COLUMNS_MAX];
    uint32_t *rows;      /* of each tuple: rows to release */
    uint32_t *around;    /* rows of the population; `rows` where there is no subset */
    uint32_t *first_row; /* the first row of the table that has the tuple and is released, or the first of all */
    uint32_t *sensitive[PRIVACY_TAB_SENSITIVE_MAX];
} tab_view;

/* What is computed once for a table: borrowed by views. */
typedef struct tab_frame {
    const privacy_tab *tab;
    uint32_t released;                                                  /* rows to release */
    uint32_t *leaf_of[PRIVACY_TAB_COLUMNS_MAX][PRIVACY_TAB_LEVELS_MAX]; /* a leaf under each group */
} tab_frame;

/* LETHE_E_PRIVACY_TABLE with the column (path "column.N.level.M") where the table is not as privacy/tab.h says. */
int tab_frame_init(tab_frame *frame, const privacy_tab *tab, lethe_error *error);
void tab_frame_done(tab_frame *frame);

/* The distinct leaf tuples of all rows. `ret_tuple_of_row` may be NULL. */
int tab_view_of_rows(const tab_frame *frame, tab_compactor *compactor, tab_view *ret_view, uint32_t *ret_tuple_of_row,
                     lethe_error *error);

/* The tuples of `from` at coarser levels. */
struct tab_groups;
int tab_view_at(const tab_frame *frame, const tab_view *from, const uint8_t *levels, struct tab_groups *scratch,
                tab_view *ret_view, lethe_error *error);
void tab_view_done(tab_view *view);

/* -- placing the tuples of a view in the classes of a node ------------------------------------------------------------
 */

/* Memory that is kept from node to node. Zeroed at first, then tab_groups_done. */
typedef struct tab_groups {
    uint32_t *class_of; /* of each tuple: its class, a number below `space` */
    uint64_t space;     /* classes that there can be; not every number is in use */
    uint32_t held;      /* tuples that there is room for */
    uint32_t *maps[PRIVACY_TAB_COLUMNS_MAX + PRIVACY_TAB_SENSITIVE_MAX];
    uint32_t map_held[PRIVACY_TAB_COLUMNS_MAX + PRIVACY_TAB_SENSITIVE_MAX];
    uint64_t *keys;
    uint32_t *values; /* of one column */
    uint32_t value_held, key_held;
    uint32_t *place; /* of each class number; zero between calls */
    uint64_t place_held;
    uint32_t *number; /* of a class by first appearance; as many as tuples */
    uint32_t number_held;
    tab_compactor compactor;
} tab_groups;

/*
 * `levels` at or above the view's. Where `with_sensitive`, tuples of one class with different sensitive values are
 * apart. Classes are numbered within a small space without looking at the tuples, or, where the space is large, by
 * first appearance.
 */
int tab_groups_at(tab_groups *groups, const tab_frame *frame, const tab_view *view, const uint8_t *levels,
                  bool with_sensitive, lethe_error *error);
/*
 * The same in 32 bits that may wrap: tuples of one class have one number, but two classes may share it. For questions
 * where a class that is taken for a larger one does no harm.
 */
int tab_groups_roughly(tab_groups *groups, const tab_frame *frame, const tab_view *view, const uint8_t *levels,
                       lethe_error *error);

/* Only groups->maps: for each pack of the view what its codes become at `levels`, in mixed radix. */
int tab_groups_maps(tab_groups *groups, const tab_frame *frame, const tab_view *view, const uint8_t *levels,
                    lethe_error *error);

/* Zeroed room for a number of each of `space` classes, to be left zeroed, and room in groups->number for each tuple. */
int tab_groups_room(tab_groups *groups, uint32_t **ret_place, lethe_error *error);
void tab_groups_done(tab_groups *groups);

/* values[group of `base`] = the group at `level`; `values` holds the groups of `base`. */
void tab_column_map(const tab_frame *frame, uint32_t column, uint32_t base, uint32_t level, uint32_t *values);

#endif
