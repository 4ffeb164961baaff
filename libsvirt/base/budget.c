/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A token bucket: see budget.h. It counts in thousandths, so that no pause is too short to count.
 */
#include "base/budget.h"

enum { PART = 1000 };

bool sv_budget_take(struct sv_budget *budget, int64_t now_ms)
{
	int64_t full = (int64_t)budget->burst * PART, back;

	/* after an overflow, and after a long pause, the bucket is full */
	if (__builtin_mul_overflow(now_ms - budget->at_ms, (int64_t)budget->rate, &back) ||
	    back >= budget->spent)
		budget->spent = 0;
	else
		budget->spent -= back;
	budget->at_ms = now_ms;
	if (budget->spent + PART > full)
		return false;
	budget->spent += PART;
	return true;
}
