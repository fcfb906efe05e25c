/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/civil.h"

int32_t civil_day(struct civil_date date)
{
    int32_t y = date.year - (date.month <= 2);
    int32_t era = (y >= 0 ? y : y - 399) / 400;
    int32_t year_of_era = y - era * 400;
    int32_t month = date.month > 2 ? date.month - 3 : date.month + 9;
    int32_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

struct civil_date civil_date_of(int32_t day)
{
    int32_t z = day + 719468;
    int32_t era = (z >= 0 ? z : z - 146096) / 146097;
    int32_t doe = z - era * 146097;
    int32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int32_t mp = (5 * doy + 2) / 153;
    int32_t month = mp < 10 ? mp + 3 : mp - 9;
    return (struct civil_date){
        .year = yoe + era * 400 + (month <= 2),
        .month = (uint8_t)month,
        .day = (uint8_t)(doy - (153 * mp + 2) / 5 + 1),
    };
}

bool civil_exists(int year, int month, int day)
{
    if (year < -9999 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    struct civil_date date = {year, (uint8_t)month, (uint8_t)day};
    struct civil_date same = civil_date_of(civil_day(date));
    return same.year == year && same.month == month && same.day == day;
}

int civil_weekday(int32_t day)
{
    int32_t w = (day + 4) % 7;
    return w < 0 ? w + 7 : w;
}

struct civil_date civil_month_start(struct civil_date date, int months)
{
    int32_t count = date.year * 12 + date.month - 1 + months;
    int32_t year = count / 12 - (count % 12 < 0);
    return (struct civil_date){year, (uint8_t)(count - year * 12 + 1), 1};
}
