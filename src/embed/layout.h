/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EMBED_LAYOUT_H
#define EMBED_LAYOUT_H

/*
 * Where what stands in the vector (docs/SPEC-vector.md). Changing a number here changes EMBED_MODEL_NAME.
 *
 *      0 ........................ 383 own axes: one item each
 *    384 ........................ 627 shared axes: the other items, and words; two signed probes each
 *    628 ........................ 638 comorbidity, ordinal
 *    639                              nothing listed                        } medical, 640 axes
 *    640 ........................ 664 age, ordinal
 *    665 ........................ 667 sex
 *    668 ........................ 673 pregnancy
 *    674 ........................ 681 density, region
 *    682 ........................ 687 age risk group
 *    688 ........................ 689 exposure level
 *    690 ........................ 702 exposure, words: hashed
 *    703                              nothing known                         } demographic, 64 axes
 *    704 ........................ 711 season, circular
 *    712 ........................ 716 encounter class
 *    717 ........................ 724 utilization, ordinal
 *    725 ........................ 766 words: hashed
 *    767                              nothing known                         } temporal, 64 axes
 */
#define EMBED_DIMENSIONS 768

#define EMBED_MEDICAL_AT       0
#define EMBED_MEDICAL_SIZE     640
#define EMBED_DEMOGRAPHIC_AT   640
#define EMBED_DEMOGRAPHIC_SIZE 64
#define EMBED_TEMPORAL_AT      704
#define EMBED_TEMPORAL_SIZE    64

#define EMBED_OWN_AT            0
#define EMBED_OWN_SIZE          384
#define EMBED_SHARED_AT         384
#define EMBED_SHARED_SIZE       244
#define EMBED_COMORBIDITY_AT    628
#define EMBED_COMORBIDITY_STEPS 9 /* 0 .. 8 and more; two more axes for the kernel's tails */
#define EMBED_MEDICAL_NONE_AT   639

#define EMBED_AGE_AT                640 /* 21 leaves and four axes for the kernel's tails */
#define EMBED_SEX_AT                665
#define EMBED_PREGNANCY_AT          668
#define EMBED_DENSITY_AT            674
#define EMBED_REGION_AT             677
#define EMBED_AGE_RISK_AT           682
#define EMBED_EXPOSURE_LEVEL_AT     688
#define EMBED_DEMOGRAPHIC_HASH_AT   690
#define EMBED_DEMOGRAPHIC_HASH_SIZE 13
#define EMBED_DEMOGRAPHIC_NONE_AT   703

#define EMBED_SEASON_AT          704
#define EMBED_SEASON_SIZE        8
#define EMBED_CLASS_AT           712
#define EMBED_UTILIZATION_AT     717
#define EMBED_TEMPORAL_HASH_AT   725
#define EMBED_TEMPORAL_HASH_SIZE 42
#define EMBED_TEMPORAL_NONE_AT   767

#endif
