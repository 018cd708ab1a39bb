// SPDX-License-Identifier: GPL-2.0-or-later
/* Copyright: (c) 2026, linuxnet.packetloss contributors
 *
 * What a test made fail: kept by the kind of set, taken by the next one of that kind.
 */

#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "standin.h"

static const char *const set_names[STANDIN_SETS] = {
	[SET_RINGS] = "rings",
	[SET_CHANNELS] = "channels",
	[SET_COALESCE] = "coalesce",
	[SET_MTU] = "mtu",
	[SET_RSS] = "rss",
	[SET_FLAGS] = "flags",
};

static const struct {
	const char *name;
	unsigned int number;
} errors[] = {
	{ "EPERM", EPERM }, { "EIO", EIO }, { "ENOMEM", ENOMEM }, { "EBUSY", EBUSY },
	{ "EINVAL", EINVAL }, { "ERANGE", ERANGE }, { "EOPNOTSUPP", EOPNOTSUPP }, { "ETIMEDOUT", ETIMEDOUT },
};

static const struct {
	const char *name;
	enum standin_fault_kind kind;
	bool has_value;
	u32 sets;	/* a bit for each set that it makes sense for */
} kinds[] = {
	{ "none", FAULT_NONE, false, ~0U },
	{ "descriptors", FAULT_DESCRIPTORS, false, BIT(SET_RINGS) | BIT(SET_CHANNELS) | BIT(SET_MTU) | BIT(SET_FLAGS) },
	{ "buffers", FAULT_BUFFERS, false, BIT(SET_RINGS) | BIT(SET_CHANNELS) | BIT(SET_MTU) | BIT(SET_FLAGS) },
	{ "instead", FAULT_INSTEAD, true, BIT(SET_RINGS) },
	{ "blip", FAULT_BLIP, true, BIT(SET_RINGS) | BIT(SET_CHANNELS) | BIT(SET_MTU) | BIT(SET_FLAGS) },
};

static int parse_kind(const char *word, enum standin_set set, struct standin_fault *fault, bool *has_value)
{
	unsigned int i;

	*has_value = false;
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		if (strcmp(word, errors[i].name))
			continue;
		fault->kind = FAULT_ERROR;
		fault->value = errors[i].number;
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(word, kinds[i].name) || !(kinds[i].sets & BIT(set)))
			continue;
		fault->kind = kinds[i].kind;
		*has_value = kinds[i].has_value;
		return 0;
	}
	return -EINVAL;
}

/* One line of the control file "fail": SET KIND [VALUE] [once]. */
int standin_faults_write(struct standin *nic, char *line)
{
	struct standin_fault fault = {};
	bool has_value;
	char *word;
	int set, err;

	word = strsep(&line, " ");
	set = match_string(set_names, STANDIN_SETS, word);
	if (set < 0)
		return set;
	word = strsep(&line, " ");
	if (!word)
		return -EINVAL;
	err = parse_kind(word, set, &fault, &has_value);
	if (err)
		return err;
	word = strsep(&line, " ");
	if (has_value) {
		if (!word)
			return -EINVAL;
		err = kstrtouint(word, 10, &fault.value);
		if (err)
			return err;
		word = strsep(&line, " ");
	}
	if (word) {
		if (strcmp(word, "once") || line)
			return -EINVAL;
		fault.once = true;
	}
	nic->faults[set] = fault;
	return 0;
}

static void show(const struct standin_fault *fault, struct seq_file *file)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (fault->kind == FAULT_ERROR && errors[i].number == fault->value)
			seq_puts(file, errors[i].name);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (fault->kind != kinds[i].kind)
			continue;
		seq_puts(file, kinds[i].name);
		if (kinds[i].has_value)
			seq_printf(file, " %u", fault->value);
	}
	if (fault->once)
		seq_puts(file, " once");
}

/* All sets and what is going to happen to each, in the words that standin_faults_write() reads. */
void standin_faults_show(const struct standin *nic, struct seq_file *file)
{
	unsigned int i;

	for (i = 0; i < STANDIN_SETS; i++) {
		seq_printf(file, "%s ", set_names[i]);
		show(&nic->faults[i], file);
		seq_putc(file, '\n');
	}
}

/* What happens to this set; a fault that was meant for one set only is gone afterwards. */
struct standin_fault standin_take_fault(struct standin *nic, enum standin_set set)
{
	struct standin_fault fault = nic->faults[set];

	if (fault.once)
		nic->faults[set] = (struct standin_fault){};
	return fault;
}

/* The error that a test wants this set to be refused with, or 0: then the fault is left for standin_take_fault(). */
int standin_refuse(struct standin *nic, enum standin_set set)
{
	if (nic->faults[set].kind != FAULT_ERROR)
		return 0;
	return -(int)standin_take_fault(nic, set).value;
}
