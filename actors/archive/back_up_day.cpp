#include "actors/archive/back_up_day.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "actors/archive/backup_names.hpp"
#include "actors/archive/backup_package.hpp"
#include "actors/archive/day_files.hpp"
#include "actors/journal/manifest_builder.hpp"
#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"

namespace observer {

namespace {

/// Ends a backup, with its words.
struct given_up {
  std::string why;
};

template <class T>
T taken(result<T> from) {
  if (!from)
    throw given_up{from.error().text};
  return std::move(*from);
}

void demand(const result<>& done) {
  if (!done)
    throw given_up{done.error().text};
}

class day_backup {
 public:
  day_backup(file_system& fs, const std::string& data_dir,
             const std::string& day, backup_target& target,
             const backup_extras& extras, const std::function<bool()>& go_on)
    : fs_(fs), data_dir_(data_dir), day_(day), target_(target),
      extras_(extras), go_on_(go_on) {
    out_.day = day;
    out_.target = target.name();
  }

  backup_outcome run() {
    check_day();
    target_.heed(go_on_);
    demand(target_.prepare());
    auto remarks = target_.remarks();
    out_.remarks.insert(out_.remarks.end(), remarks.begin(), remarks.end());
    look_here();
    old_ = taken(read_package(target_, day_));
    check_foreign();
    if (!extras_.anew && record_tells_all()) {
      out_.was_there = true;
      return std::move(out_);
    }
    choose();
    if (files_.empty() && fresh_.empty() && again_.empty())
      throw given_up{here_.open.empty()
                       ? fmt::format("there is nothing of {} in {}", day_,
                                     data_dir_)
                       : "there is nothing else, and " + out_.remarks.back()};
    send(fresh_);
    if (list_changes()) {
      // It may fail, and takes a while: SUCCESS is gone for as short as can be.
      certificate_ = extras_.certify ? taken(extras_.certify())
                                     : extras_.certificate;
      remove_success();
      send(again_);
      write_list();
    }
    prove();
    write_success();
    write_record();
    return std::move(out_);
  }

 private:
  // -- before ------------------------------------------------------------------

  void check_day() const {
    auto day = parse_korean_date(day_);
    if (!day)
      throw given_up{fmt::format("{} is not a day; write it as 20260914", day_)};
    if (*day >= korean_day(extras_.now_us))
      throw given_up{fmt::format("{} is not over: a day is backed up after its "
                                 "end (Korean time)",
                                 day_)};
  }

  void look_here() {
    here_ = taken(files_of_day(fs_, data_dir_, day_));
    for (auto& remark : here_.remarks)
      out_.remarks.push_back(remark);
    if (here_.open.empty())
      return;
    auto names = fmt::format("{} of {} {} not sealed", here_.open.size(),
                             here_.open.front(),
                             here_.open.size() == 1 ? "is" : "and others are");
    auto end = (*parse_korean_date(day_) + 1) * us_per_day - 9 * us_per_hour;
    if (extras_.now_us < end + open_after_midnight_us)
      throw given_up{names + " yet: try again in an hour"};
    out_.remarks.push_back(
      fmt::format("{}: not in the backup. A recorder seals at its start what an "
                  "earlier one left open; the next backup takes it then",
                  names));
  }

  /// What is in the place of a package and is none is not touched.
  void check_foreign() const {
    if (old_.list_is_foreign)
      throw given_up{fmt::format("{} in {} is left alone: {}. Move that folder "
                                 "away",
                                 day_, target_.name(), old_.doubt)};
  }

  bool record_tells_all() {
    if (!has_backup_record(fs_, data_dir_, day_))
      return false;
    auto record = read_backup_record(fs_, data_dir_, day_);
    if (!record) {
      out_.remarks.push_back(record.error().text);
      return false;
    }
    if (record->target_id != target_.id() || !old_.success
        || record->sha256_of_list != old_.sha256_of_list)
      return false;
    for (auto& file : here_.files)
      if (!taken(is_backed_up(fs_, data_dir_, *record, file.name)))
        return false;
    for (auto& f : record->files) {
      auto at = old_.present.find(f.name);
      if (at == old_.present.end() || at->second != f.bytes)
        return false;
      out_.bytes += f.bytes;
    }
    out_.files = record->files.size();
    out_.verified_at_us = record->verified_at_us;
    return true;
  }

  // -- what is to be sent ------------------------------------------------------

  void choose() {
    if (!old_.success)
      hear_witnesses();
    // What was proven stays, whether it is here still or not.
    files_ = old_.files;
    for (auto& file : here_.files)
      choose(file);
  }

  /// No SUCCESS speaks for the list, which may be cut or rotten itself. Of a file
  /// that is no longer here, one that has the SHA-256 that list, manifest or record
  /// say is what it was; one that two of them name was there and is lost.
  void hear_witnesses() {
    std::vector<backup_file> said;
    for (auto& [name, file] : old_.files)
      said.push_back(file);
    // Its word is worth nothing against the file itself.
    for (auto& file : old_.told)
      if (!is_here(file.name))
        said.push_back(file);
    if (auto record = read_backup_record(fs_, data_dir_, day_);
        record && record->target_id == target_.id())
      said.insert(said.end(), record->files.begin(), record->files.end());
    std::map<std::string, backup_file> believed;
    for (auto& file : said) {
      auto is_same = [&](const backup_file& f) {
        return f.name == file.name && f.sha256 == file.sha256;
      };
      if (is_here(file.name)) {
        // To be compared.
        if (auto& known = believed[file.name];
            known.name.empty() || known.plain_sha256.empty())
          known = file;
      } else if (!believed.contains(file.name)
                 && (is_stored(file)
                     || std::count_if(said.begin(), said.end(), is_same) > 1)) {
        believed[file.name] = file;
      } else if (!believed.contains(file.name)) {
        out_.remarks.push_back(fmt::format("{} of {} is named and not there, and "
                                           "nothing else knows of it",
                                           path_of(file.name), target_.name()));
      }
    }
    old_.files = std::move(believed);
  }

  bool is_here(const std::string& name) const {
    return std::any_of(here_.files.begin(), here_.files.end(), [&](auto& f) {
      return plain_or_same(f.name) == plain_or_same(name);
    });
  }

  void choose(const day_file& file) {
    auto known = counterpart(file);
    if (!known) {
      if (auto f = stored_unlisted(file))
        files_[file.name] = *f;
      else
        fresh_.push_back(file);
      return;
    }
    auto same = file.plain_sha256.empty() || known->plain_sha256.empty()
                  ? known->name == file.name && known->bytes == file.bytes
                      && known->sha256 == hash_of(file)
                  : known->plain_sha256 == file.plain_sha256;
    if (same) {
      if (old_.success || is_stored(*known)) {
        if (known->plain_sha256.empty())
          weigh(file, files_[known->name]);
        return;
      }
      // Once proven and not so now: sent again.
      forget(known->name);
      again_.push_back(file);
      return;
    }
    // Lines that were damaged when they were packed are no proof.
    auto weak = known->plain_sha256.empty() && !file.plain_sha256.empty();
    if (weak || !is_stored(*known)) {
      forget(known->name);
      again_.push_back(file);
      return;
    }
    throw given_up{fmt::format(
      "{} holds another {}/{} than {}/{}, and is left as it is. Does another "
      "observer back up to the same place? Give each its own; or look which of "
      "both is right (observer restore {} --to DIR), and move {} in the target "
      "away",
      target_.name(), day_, known->name, data_dir_, file.name, day_, day_)};
  }

  /// The file of the package's list that has these lines, or had them.
  std::optional<backup_file> counterpart(const day_file& file) const {
    auto plain = plain_name_of(file.name);
    for (auto& name : plain ? std::vector{file.name, *plain, *plain + ".zst"}
                            : std::vector{file.name})
      if (auto at = old_.files.find(name); at != old_.files.end())
        return at->second;
    return std::nullopt;
  }

  /// What an earlier try sent that did not come to write the list.
  std::optional<backup_file> stored_unlisted(const day_file& file) {
    auto at = old_.present.find(file.name);
    if (at == old_.present.end() || at->second != file.bytes)
      return std::nullopt;
    backup_file out{file.name, file.bytes, hash_of(file), file.lines,
                    file.plain_sha256};
    if (!is_stored(out))
      return std::nullopt;
    weigh(file, out);
    return out;
  }

  bool is_stored(const backup_file& file) {
    auto at = old_.present.find(file.name);
    if (at == old_.present.end() || at->second != file.bytes)
      return false;
    // A target that does not answer says nothing of the file.
    auto proof = taken(prove_stored(target_, path_of(file.name)));
    return proof.bytes == file.bytes && proof.sha256 == file.sha256;
  }

  void forget(const std::string& name) {
    files_.erase(name);
  }

  // -- sending -----------------------------------------------------------------

  void send(const std::vector<day_file>& files) {
    for (auto& file : files) {
      sha256 hash;
      uint64_t offset = 0;
      auto next = [&]() -> result<std::string> {
        auto bytes = read_on(file, offset);
        if (bytes)
          hash.add(*bytes);
        return bytes;
      };
      demand(target_.put(path_of(file.name), file.bytes, next));
      if (offset != file.bytes)
        throw given_up{fmt::format("{} in {} took {} of {} bytes of {}", day_,
                                   target_.name(), offset, file.bytes,
                                   file.name)};
      backup_file f{file.name, file.bytes, hash.hex(), file.lines,
                    file.plain_sha256};
      weigh(file, f);
      files_[file.name] = std::move(f);
      ++out_.sent_files;
      out_.sent_bytes += file.bytes;
    }
  }

  result<std::string> read_on(const day_file& file, uint64_t& offset) {
    if (!go_on_())
      return problem{stopped().why};
    auto left = file.bytes - offset;
    auto got = fs_.read(data_dir_ + "/" + file.name, offset,
                        std::min(transfer_step_bytes, left));
    if (got.problem)
      return problem{got.problem->text()};
    if (got.bytes.empty() && left > 0)
      return problem{fmt::format("{}/{} became shorter while it was read",
                                 data_dir_, file.name)};
    offset += got.bytes.size();
    return std::move(got.bytes);
  }

  std::string hash_of(const day_file& file) {
    sha256 hash;
    for (uint64_t offset = 0; offset < file.bytes;)
      hash.add(taken(read_on(file, offset)));
    return hash.hex();
  }

  /// A file that is not what its manifest tells of is kept, without its proof.
  void weigh(const day_file& file, backup_file& f) {
    if (file.plain_sha256.empty())
      return;
    f.plain_sha256 = file.plain_sha256;
    f.lines = file.lines;
    auto proven = file.is_plain_journal ? f.sha256
                  : extras_.plain_sha256
                    ? taken(extras_.plain_sha256(file.name))
                    : file.plain_sha256;
    if (proven == file.plain_sha256)
      return;
    f.plain_sha256.clear();
    f.lines = 0;
    out_.remarks.push_back(
      fmt::format("{} is not what its manifest tells of: it is backed up as it "
                  "is, and does not count as backed up",
                  file.name));
  }

  // -- the list ----------------------------------------------------------------

  bool list_changes() const {
    return !old_.success || out_.sent_files > 0 || !again_.empty()
           || files_.size() != old_.files.size();
  }

  void remove_success() {
    auto name = std::string{package_success_name};
    if (!old_.present.contains(name))
      return;
    demand(target_.remove(path_of(name)));
    for (auto& file : taken(target_.list(day_)))
      if (file.name == name)
        throw given_up{fmt::format("{} does not go from {}: nothing of the "
                                   "package is changed",
                                   path_of(name), target_.name())};
  }

  void write_list() {
    list_.clear();
    std::vector<backup_file> files;
    for (auto& [name, file] : files_) {
      list_[name] = file.sha256;
      files.push_back(file);
    }
    auto head = package_head{day_, extras_.now_us, extras_.run,
                             extras_.observer_version};
    put_text(package_certificate_name, certificate_);
    put_text(package_config_name, extras_.config);
    put_text(package_manifest_name, manifest_json(head, files));
    list_text_ = sha256_list_text(list_);
    put(package_list_name, list_text_);
  }

  void put_text(std::string_view name, const std::string& text) {
    if (text.empty())
      return;
    put(name, text);
    list_[std::string{name}] = sha256_of(text);
  }

  void put(std::string_view name, const std::string& text) {
    auto given = false;
    demand(target_.put(path_of(name), text.size(),
                       [&]() -> result<std::string> {
                         if (!go_on_())
                           return problem{stopped().why};
                         return std::exchange(given, true) ? std::string{} : text;
                       }));
  }

  /// Everything that the list names, from the target.
  void prove() {
    if (list_.empty())
      list_ = *old_.list;
    auto wrong = [&](const std::string& name, const std::string& why) {
      auto text = fmt::format("{} in {} {}", path_of(name), target_.name(), why);
      // What says that all is right must not stay.
      if (old_.success && go_on_())
        if (auto gone = target_.remove(path_of(package_success_name)); !gone)
          text += "; and its SUCCESS cannot be removed: " + gone.error().text;
      throw given_up{
        text
        + (is_here(name) || !is_day_file(day_, name)
             ? std::string{"; the next backup sends it again"}
             : fmt::format("; and it is not in {} any more. If it is lost for "
                           "good, take {}/{} away there: the next backup makes "
                           "the package of what is here",
                           data_dir_, day_, package_list_name))};
    };
    std::map<std::string, uint64_t> present;
    for (auto& file : taken(target_.list(day_)))
      present[file.name] = file.bytes;
    for (auto& [name, sum] : list_) {
      if (!go_on_())
        throw stopped();
      auto known = files_.find(name);
      if (!present.contains(name))
        wrong(name, "is not there");
      auto proof = taken(prove_stored(target_, path_of(name)));
      if (proof.sha256 != sum
          || (known != files_.end() && proof.bytes != known->second.bytes))
        wrong(name, fmt::format("is not what was sent: its SHA-256 is {}, not {}",
                                proof.sha256, sum));
    }
    if (list_text_.empty())
      return;
    auto list = taken(stored_text(target_, path_of(package_list_name),
                                  package_text_bytes_max));
    if (list != list_text_)
      wrong(std::string{package_list_name}, "is not what was sent");
  }

  void write_success() {
    if (list_text_.empty()) {
      // As it was, and it was read with the package.
      sha256_of_list_ = old_.sha256_of_list;
      return;
    }
    // Once more: what was proven first may be gone by now.
    std::map<std::string, uint64_t> present;
    for (auto& file : taken(target_.list(day_)))
      present[file.name] = file.bytes;
    for (auto& [name, sum] : list_) {
      auto known = files_.find(name);
      auto at = present.find(name);
      if (at == present.end()
          || (known != files_.end() && at->second != known->second.bytes))
        throw given_up{fmt::format("{} in {} was there and is not any more",
                                   path_of(name), target_.name())};
    }
    sha256_of_list_ = sha256_of(list_text_);
    auto text = success_text(sha256_of_list_);
    put(package_success_name, text);
    auto read = taken(stored_text(target_, path_of(package_success_name), 4096));
    if (read != text)
      throw given_up{fmt::format("{} in {} is not what was sent",
                                 path_of(package_success_name), target_.name())};
  }

  void write_record() {
    backup_record record{day_, target_.name(), target_.id(), extras_.now_us,
                         sha256_of_list_, {}};
    for (auto& [name, file] : files_) {
      out_.bytes += file.bytes;
      ++out_.files;
      if (!plain_name_of(name) || !file.plain_sha256.empty())
        record.files.push_back(file);
    }
    out_.verified_at_us = extras_.now_us;
    demand(write_backup_record(fs_, data_dir_, record));
  }

  static std::string plain_or_same(const std::string& name) {
    return plain_name_of(name).value_or(name);
  }

  // -- words -------------------------------------------------------------------

  std::string path_of(std::string_view name) const {
    return fmt::format("{}/{}", day_, name);
  }

  given_up stopped() const {
    return {fmt::format("the backup of {} was stopped; the next one goes on with "
                        "it",
                        day_)};
  }

  file_system& fs_;
  const std::string& data_dir_;
  const std::string& day_;
  backup_target& target_;
  const backup_extras& extras_;
  const std::function<bool()>& go_on_;

  backup_outcome out_;
  day_files here_;
  stored_package old_;
  /// What the package will have.
  std::map<std::string, backup_file> files_;
  /// To be sent: what no list names, and what a list names and is no longer so.
  std::vector<day_file> fresh_, again_;
  std::string certificate_;
  sha256_list list_;
  /// Empty while the list is as it was.
  std::string list_text_, sha256_of_list_;
};

} // namespace

result<backup_outcome> back_up_day(file_system& fs, const std::string& data_dir,
                                   const std::string& day,
                                   backup_target& target,
                                   const backup_extras& extras,
                                   const std::function<bool()>& go_on) {
  try {
    return day_backup{fs, data_dir, day, target, extras, go_on}.run();
  } catch (const given_up& bad) {
    return problem{fmt::format("backup of {} to {}: {}", day, target.name(),
                               bad.why)};
  }
}

} // namespace observer
